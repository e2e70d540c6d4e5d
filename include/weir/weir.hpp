#pragma once

// Weir in a C++ program, both sides of it:
//
//   weir/hub.hpp           a whole server inside the program
//     weir/settings.hpp      its settings, by name
//     weir/http.hpp          addresses of the program's own
//     weir/access.hpp        who may do what
//     weir/connection.hpp    who is connected
//     weir/subscription.hpp  following topics inside the process
//   weir/event_source.hpp  a client of event streams, which comes back
//   weir/event.hpp         events and cursors
//   weir/result.hpp        errors as values
//   weir/version.hpp       what was built
//
// Each begins with how it is used. They need C++20 and its standard library, nothing else:
//
//   find_package(weir REQUIRED)
//   target_link_libraries(shop PRIVATE weir::weir)
//
// docs/embedding.md and docs/cpp-client.md tell the whole of it, examples/embed/ shows programs.

#include <weir/access.hpp>
#include <weir/connection.hpp>
#include <weir/event.hpp>
#include <weir/event_source.hpp>
#include <weir/http.hpp>
#include <weir/hub.hpp>
#include <weir/result.hpp>
#include <weir/settings.hpp>
#include <weir/subscription.hpp>
#include <weir/version.hpp>
