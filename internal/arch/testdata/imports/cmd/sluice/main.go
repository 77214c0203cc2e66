package main

import _ "github.com/sluice-sor/sluice/train"
