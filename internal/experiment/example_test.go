package experiment_test

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/experiment"
)

// The treatment saves one basis point of every order's cost; a covariate tells most of the rest.
func ExampleAnalyze() {
	design := experiment.Default("static against learner, spring")
	var rows []experiment.Row
	for i := range 1_000 {
		arm := design.Arm("large caps", fmt.Sprint(i))
		hard := float64(i % 7)
		rows = append(rows, experiment.Row{Cluster: uint64(i), Arm: arm, X: []float64{hard}, Y: 5 + hard - float64(arm)})
	}
	r, err := experiment.Analyze(&design, rows)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: the interval is below 0: %v\n", r.Verdict, r.Effect.Hi < 0)
	// Output:
	// ship: the interval is below 0: true
}
