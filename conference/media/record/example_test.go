package record_test

import (
	"fmt"

	"confab/conference/media/record"
)

func ExampleFileName() {
	fmt.Println(record.FileName("../../Ana María"))
	// Output: _.._Ana María
}
