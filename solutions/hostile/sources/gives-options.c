// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives the compiler options: a plugin, a profile, a dump, a file to
 * include.
 */
#pragma GCC optimize("-fplugin=@CANARY@")
#pragma GCC optimize("-fprofile-use=@CANARY@")
#pragma GCC optimize("-fdump-tree-all=@WRITTEN@")
#pragma GCC target("-include@CANARY@")

