package market

import _ "github.com/sluice-sor/sluice/internal/order" // want import
