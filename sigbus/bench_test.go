package sigbus

import "testing"

var sink uint64

func BenchmarkCopy64(b *testing.B) {
	src, dst := make([]byte, 64), make([]byte, 64)
	b.Run("plain", func(b *testing.B) {
		b.SetBytes(64)
		b.ReportAllocs()
		for b.Loop() {
			copy(dst, src)
		}
	})
	b.Run("guarded", func(b *testing.B) {
		b.SetBytes(64)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = Copy(dst, src)
		}
	})
	b.Run("in-guard", func(b *testing.B) {
		b.SetBytes(64)
		b.ReportAllocs()
		for b.Loop() {
			_ = Guard(func() { copy(dst, src) })
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	word := new(uint64)
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			sink += *word
		}
	})
	b.Run("guarded", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v, _ := Load(word)
			sink += v
		}
	})
}

func BenchmarkRegister(b *testing.B) {
	data := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		Register(data, "file", 0)()
	}
}
