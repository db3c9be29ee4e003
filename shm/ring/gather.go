package ring

// gather is the rest of find: it puts what lies behind scan into streaks. What it
// reads of shared memory it reads once and checks: a record reaches neither behind
// the producer's position nor the data's end.
func (c *Consumer) gather() error {
	var (
		all, data, mask, tail = &c.later.all, c.data, c.mask, c.tail
		scan, lots            = c.scan, 0
		stop                  = scan + min(tail-scan, uint64(max(int64(c.head+c.lazy-scan), 1)))
		n, before             = uint64(0), uint64(0) // records, and those before the run
		word, first           = uint64(0), uint64(0) // the run's, and where it begins
		length, size          = uint64(0), mask + 2  // of a record; more than there can be
	)
	for n < maxFound && int64(scan-stop) < 0 {
		off := scan & mask
		// Most have the word of the one before. That is a branch and no dependency:
		// where the next record begins is guessed, and its word not waited for.
		if w := *recordWord(data, off); w != word || off == 0 {
			if n > before {
				all[lots] = streak{first, first + (n-before)*size, length, size, scan}
				lots, before = lots+1, n
			}
			word, first, length = w, off+recordHeader, w&0xffffffff
			size = recordHeader + align8(length)
			if length == 0 {
				first = off // behind the word the data may end, and no slice begins there
			}
			if kind := uint32(w >> 32); kind == kindPad && size == mask+1-off && size < tail-scan {
				scan += size
				word, size = 0, mask+2
				if n == 0 && int64(scan-stop) >= 0 {
					stop = scan + 1 // the record behind it, however long the padding was
				}
				continue
			} else if kind != kindData {
				size = mask + 2
			}
		}
		if size > tail-scan || size > mask+1-off {
			if n == 0 {
				return c.corrupt()
			}
			break // the records before it are good
		}
		scan += size
		n++
		for off := scan & mask; n+4 <= maxFound && off != 0; off += 4 * size {
			if four := 4 * size; int64(four) > int64(stop-scan) || four > mask+1-off || !fourAlike(data, off, size, word) {
				break
			}
			scan += 4 * size
			n += 4
		}
	}
	if n == 0 {
		return c.corrupt() // padding is published with the record behind it
	}
	c.scan, c.lot = scan, int(n)
	if lots == 0 { // mostly
		c.begun(first, first+n*size, length, size, scan)
		return nil
	}
	if n > before {
		all[lots] = streak{first, first + (n-before)*size, length, size, scan}
		lots++
	}
	c.later.found = lots
	c.more()
	return nil
}

// sweep is gather for NextBatch: it hands out what it finds at once. All records
// but the last, which a Close may have to keep, are as good as forgotten.
func (c *Consumer) sweep() error {
	into, data, mask, tail := c.into, c.data, c.mask, c.tail
	scan, begin, end, sum, n := c.scan, c.start, c.start, uint64(0), 0
	stop := scan + min(tail-scan, uint64(max(int64(c.head+c.lazy-scan), 1)))
	// Of the record before: most have the same word, which needs no second check.
	word, length, size := uint64(0), uint64(0), mask+2
	for n < len(into) && int64(scan-stop) < 0 {
		off := scan & mask
		if w := *recordWord(data, off); w != word {
			word, length = w, w&0xffffffff
			size = recordHeader + align8(length)
			if kind := uint32(w >> 32); kind == kindPad && size == mask+1-off && size < tail-scan {
				scan += size
				word, size = 0, mask+2
				if n == 0 && int64(scan-stop) >= 0 {
					stop = scan + 1
				}
				continue
			} else if kind != kindData {
				size = mask + 2 // more than there can be
			}
		}
		if size > tail-scan || size > mask+1-off {
			if n == 0 {
				return c.corrupt()
			}
			break
		}
		scan += size
		sum += length
		begin, end = end, scan
		into[n] = data[off+recordHeader : off+recordHeader+length : off+recordHeader+length]
		n++
		for off = scan & mask; length > 0 && n+4 <= len(into); off += 4 * size {
			four := 4 * size
			if int64(four) > int64(stop-scan) || four > mask+1-off || !fourAlike(data, off, size, word) {
				break
			}
			at, next := off+recordHeader, into[n:n+4]
			next[0] = bytesAt(data, at, length)
			next[1] = bytesAt(data, at+size, length)
			next[2] = bytesAt(data, at+2*size, length)
			next[3] = bytesAt(data, at+3*size, length)
			scan += four
			sum += 4 * length
			begin, end = scan-size, scan
			n += 4
		}
	}
	if n == 0 {
		return c.corrupt()
	}
	kept := uint64(len(into[n-1]))
	c.records += uint64(n - 1)
	c.bytes += sum - kept
	size = end - begin
	c.begun(0, size, kept, size, end)
	c.at = size
	c.start, c.scan, c.lot = begin, scan, n
	return nil
}
