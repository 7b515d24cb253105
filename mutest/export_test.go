package mutest

// ColouredTree is what WriteTree writes to a terminal.
func (r *Recorder) ColouredTree() string {
	return draw(r.Traces(), style{durations: true, colour: true})
}
