package store

import _ "github.com/sluice-sor/sluice/internal/sim"
