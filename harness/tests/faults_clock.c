#include "faults.h"
TCase *faults_of_clocks(void)
{
	return tcase_create("clocks");
}
