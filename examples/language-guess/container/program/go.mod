module language-guess

go 1.19
