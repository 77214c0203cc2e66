package shard

// Attest says how what runs here differs from what its fleet is to run, "" for not at all. While it differs no new orders are
// taken, what works is managed, and no person can lift it (OPS-01, INC-01). Before Start it counts from the first order on,
// later within a look of the upkeep.
func (s *Shard) Attest(differs string) { s.differs.Store(&differs) }

// odd gives what Attest said last.
func (s *Shard) odd() string {
	if p := s.differs.Load(); p != nil {
		return *p
	}
	return ""
}
