package region

import "encoding/hex"

// Schema is the fingerprint of a payload's type; zero means none. See [SchemaOf].
type Schema [32]byte

// String is the fingerprint in hexadecimal, empty for none.
func (s Schema) String() string {
	if s == (Schema{}) {
		return ""
	}
	return hex.EncodeToString(s[:])
}
