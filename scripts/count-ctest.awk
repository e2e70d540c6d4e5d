# Counts test cases in ctest's LastTest.log: GoogleTest's own numbers where a program printed them, one for any other
# program. A program that failed without naming a case (a crash, a sanitizer's report) is one failure.
function finish() {
  if (name == "") return
  bad = ran - good - left_out
  if (!ok && bad <= 0) bad = 1
  if (ok && ran == 0 && left_out == 0) good = 1
  passed += good; failed += bad; skipped += left_out
  name = ""
}
/^[0-9]+\/[0-9]+ Test: / { finish(); name = $3; ran = good = left_out = ok = 0 }
/^\[==========\] [0-9]+ tests? from .* ran\./ { ran += $2 }
/^\[  PASSED  \] [0-9]+ test/ { good += $4 }
/^\[  SKIPPED \] [0-9]+ test/ { left_out += $4 }
/^Test Passed\.$/ { ok = 1 }
/^Test Skipped\.$/ { ok = 1; left_out = 1 }
END { finish(); printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }
