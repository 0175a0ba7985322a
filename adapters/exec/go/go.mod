module myraft

go 1.21
