package dispatch

// Queues counts those that the engine holds.
func Queues(e *Engine) int { return len(e.all()) }
