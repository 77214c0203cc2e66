package ring

import (
	_ "github.com/sluice-sor/sluice/cmd/sluice" // want import
	_ "github.com/sluice-sor/sluice/fixgw"
	_ "github.com/sluice-sor/sluice/train" // want import
)
