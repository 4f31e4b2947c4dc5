module github.com/onevent/onevent

go 1.26
