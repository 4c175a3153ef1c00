#include "faults.h"
TCase *faults_of_disks(void)
{
	return tcase_create("disks");
}
