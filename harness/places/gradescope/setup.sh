#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Gradescope runs this once, when the autograder's image is made.
set -eu
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends make ca-certificates
/autograder/source/mmaplab/harness/places/prepare
