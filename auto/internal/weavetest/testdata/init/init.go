package wrong

//mutagent:trace kind=toool
func init() {}
