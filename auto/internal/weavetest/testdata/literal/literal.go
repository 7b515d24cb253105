package literal

func search() func() {
	//mutagent:trace kind=tool
	return func() {}
}
