package key

//mutagent:trace king=tool
func search() {}
