package order

import (
	_ "fmt"

	_ "github.com/sluice-sor/sluice/internal/event" // want import
	_ "github.com/sluice-sor/sluice/internal/market"
)
