package web

import (
	_ "github.com/sluice-sor/sluice/fixgw/session" // want import
	_ "github.com/sluice-sor/sluice/internal/store"
	_ "github.com/sluice-sor/sluice/serve/ring"
)
