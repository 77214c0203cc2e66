package desk

import "fmt"

func init() { // want init
	fmt.Println()
}

type part struct{}

func (part) init() {}

func threeLines() {
	fmt.Println(1)
	fmt.Println(2)
	fmt.Println(3)
}

func (part) fourLines() { // want function
	fmt.Println(1)
	fmt.Println(2)
	fmt.Println(3)
	fmt.Println(4)
}
