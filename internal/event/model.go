package event

// TrainingCut ends an epoch of what is learned online: outcomes recorded before it are the training set's, what comes after
// belongs to the epoch that begins (SWP-01). The engine answers with RecordModel. It is an event, not a time, so that a
// report that comes late is in one part, not in both or in neither.
type TrainingCut struct {
	Epoch uint32 // that begins: any above the present one's, so that shards may have the same; 0 = the next
	Actor string
}

// ModelMode is what a ModelActivated asks for.
type ModelMode uint8

// The modes. Beside the model that serves there is room for one that predicts, learns from its own predictions, and may serve
// a part of the parent orders.
const (
	ModeServe    ModelMode = iota // it serves; the one that served stays beside
	ModeShadow                    // it predicts beside
	ModeCanary                    // and serves a share of the parents that arrive
	ModeRollback                  // the one beside serves again; a machine or a person may ask for it (MOP-20)
)

var modeNames = [...]string{"serve", "shadow", "canary", "rollback"}

func (m ModelMode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return "unknown mode"
}

// ModelActivated gives a model its place (MOP-04). Whoever puts it into the journal has verified the artifact's signature; the
// engine reads and checks its content again. It takes effect at once, between two decisions.
type ModelActivated struct {
	Model    string // id of the artifact; "builtin" is the prior that needs none
	Artifact []byte // empty where the model is in one of the two places already, or is built in
	Mode     ModelMode
	Share    float64 // ModeCanary: of parents, above 0 and below 1; 0 = .01
	Instance uint32  // of the journal that Epoch is of; another than the engine's: nothing here may be in the fit
	Epoch    uint32  // that began with its training cut: what was learned before it is in the fit and counts there (SWP-03)
	Actor    string
	Reason   string
}

// ModelChange is what a RecordModel tells.
type ModelChange uint8

// The changes.
const (
	ModelCut        ModelChange = iota + 1 // a training cut: Epoch began, at the record's place in the journal
	ModelShadow                            // it predicts beside
	ModelCanary                            // it serves Share of the parents that arrive
	ModelServing                           // it serves
	ModelRolledBack                        // it served, and its predecessor serves again, by a person
	ModelDemoted                           // the same, or the end of a canary, by the engine
	ModelRefused                           // it was not taken; what served before serves
)

var changeNames = [...]string{"none", "cut", "shadow", "canary", "serving", "rolled back", "demoted", "refused"}

func (c ModelChange) String() string {
	if int(c) < len(changeNames) {
		return changeNames[c]
	}
	return "unknown change"
}

// RecordModel keeps every change of the models in force (MOP-02).
type RecordModel struct {
	At      Time
	Model   string
	What    ModelChange
	Reason  string
	Epoch   uint32  // of a cut: that began; else the first whose data count beside the model
	Share   float64 // of parents that the model beside serves
	Serving string  // the model that serves from here on
	Beside  string  // the one beside it; empty = none
}

// Kind implements Body.
func (*TrainingCut) Kind() Kind    { return KindTrainingCut }
func (*ModelActivated) Kind() Kind { return KindModelActivated }
func (*RecordModel) Kind() Kind    { return KindRecordModel }

func (e *TrainingCut) visit(c *coder) {
	uvar(c, 1, &e.Epoch)
	text(c, 2, &e.Actor)
}

func (e *ModelActivated) visit(c *coder) {
	text(c, 1, &e.Model)
	blob(c, 2, &e.Artifact)
	uvar(c, 3, &e.Mode)
	real(c, 4, &e.Share)
	uvar(c, 5, &e.Instance)
	uvar(c, 6, &e.Epoch)
	text(c, 7, &e.Actor)
	text(c, 8, &e.Reason)
}

func (e *RecordModel) visit(c *coder) {
	sint(c, 1, &e.At)
	text(c, 2, &e.Model)
	uvar(c, 3, &e.What)
	text(c, 4, &e.Reason)
	uvar(c, 5, &e.Epoch)
	real(c, 6, &e.Share)
	text(c, 7, &e.Serving)
	text(c, 8, &e.Beside)
}
