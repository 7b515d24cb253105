module github.com/mutagent-io/mutagent-go/tools/gitleaks

go 1.26.0
