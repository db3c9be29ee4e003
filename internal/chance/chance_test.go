package chance

import "testing"

func TestOneInHappensAboutOnceInSoMany(t *testing.T) {
	const tries, n = 1 << 16, 64
	happened := 0
	for range tries {
		if OneIn(n) {
			happened++
		}
	}
	if want := tries / n; happened < want/2 || happened > want*2 {
		t.Fatalf("%d of %d, expected about %d", happened, tries, want)
	}
}

func TestOneInOneAlwaysHappens(t *testing.T) {
	for range 100 {
		if !OneIn(1) {
			t.Fatal("it did not")
		}
	}
}
