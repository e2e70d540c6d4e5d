#pragma once

// What the shared library shows of itself. All else in it is hidden, so that a program may use
// whatever versions of Weir's own dependencies it likes, or none.

#define WEIR_API __attribute__((visibility("default")))
