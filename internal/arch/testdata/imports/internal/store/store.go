package store

import (
	_ "github.com/sluice-sor/sluice/internal/event"
	_ "github.com/sluice-sor/sluice/internal/journal" // want import
	_ "github.com/sluice-sor/sluice/internal/router"  // want import
)
