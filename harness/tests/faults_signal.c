#include "faults.h"
TCase *faults_of_signals(void)
{
	return tcase_create("signals");
}
