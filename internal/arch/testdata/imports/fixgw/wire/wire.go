package wire

import (
	_ "github.com/sluice-sor/sluice/internal/journal"
	_ "github.com/sluice-sor/sluice/internal/market" // want import
)
