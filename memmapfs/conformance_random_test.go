package memmapfs_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// run plays the whole program and ends with every handle closed.
func (c *contest) run(input []byte) {
	c.t.Helper()
	p := &program{rest: input}
	for n := 0; !p.done(); n++ {
		c.step(p)
		c.settled(n%8 == 0)
	}
	c.settled(true)
	for i := range c.pairs {
		if c.pairs[i] != nil {
			c.close(i)
		}
	}
	c.sameFiles()
}

// randomProgram is a program of about n operations.
func randomProgram(r *rand.Rand, n int) []byte {
	b := make([]byte, 6*n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestAMappedFileIsAnOsFileToEveryProgram(t *testing.T) {
	const rounds = 12
	var soak time.Duration // for which to go on after the rounds
	if os.Getenv("SHMKIT_SOAK") != "" {
		soak = 30 * time.Second
	}
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			end := time.Now().Add(soak)
			for seed := uint64(0); seed < rounds || time.Now().Before(end); seed++ {
				c := newContest(t, v)
				c.note("seed %d", seed)
				c.run(randomProgram(rand.New(rand.NewPCG(seed, 1)), 150))
			}
		})
	}
}

// FuzzMappedFileIsOsFile is the same for programs a fuzzer thinks of. The first
// byte picks the variant.
func FuzzMappedFileIsOsFile(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(byte(seed), randomProgram(rand.New(rand.NewPCG(seed, 2)), 40))
	}
	all := variants()
	f.Fuzz(func(t *testing.T, which byte, input []byte) {
		newContest(t, all[int(which)%len(all)]).run(input[:min(len(input), 2000)])
	})
}
