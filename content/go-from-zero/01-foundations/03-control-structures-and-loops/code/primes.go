package main

import "fmt"

func main() {
	defer fmt.Println("done")

candidates:
	for n := 2; n <= 30; n++ {
		for d := 2; d*d <= n; d++ {
			if n%d == 0 {
				continue candidates
			}
		}
		fmt.Print(n, " ")
	}
	fmt.Println()
}
