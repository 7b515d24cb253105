package wrong

//mutagent:trace kind=toool
func kind() {}

//mutagent:trace king=tool
func key() {}

type store[K comparable, V any] struct{}

//mutagent:trace kind=Retrieval
func (s *store[K, V]) get(k K) (v V, err error) { return v, err }

func literal() func() {
	//mutagent:trace kind=tool
	return func() {}
}

func literals() {
	//mutagent:trace name=closure kind=tol
	f := func() {}
	f()
}

//mutagent:trace kind=tool name=right
func right() {}
