package kind

//mutagent:trace kind=toool
func search() {}
