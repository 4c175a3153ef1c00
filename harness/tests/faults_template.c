#include "faults.h"
TCase *faults_of_templates(void)
{
	return tcase_create("templates");
}
