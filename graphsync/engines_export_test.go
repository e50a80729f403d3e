//go:build engines

package graphsync

// Tests of whole rounds hand their objects to the same engines.
var (
	Engines   = engines
	RunEngine = run
)

// Job is one object for an engine.
type Job = job
