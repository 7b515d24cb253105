module github.com/mutagent-io/mutagent-go/tools/prices

go 1.25

require github.com/stretchr/testify v1.12.1
