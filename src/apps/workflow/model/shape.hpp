#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>

#include "apps/workflow/model/value_types.hpp"

namespace weir::apps::workflow {

/// What is known of a value before it is there: which types it may have and, of an object or an
/// array, the shapes of what it holds. Cheap to copy.
struct Shape {
  using Members = std::map<std::string, Shape, std::less<>>;

  Types types = kAnyType;
  std::shared_ptr<const Members> members = {};  ///< Null: nothing is known.
  bool closed = false;                          ///< There are no members but these.
  std::shared_ptr<const Shape> elements = {};   ///< Null: nothing is known.

  static Shape of(Types types) { return {.types = types}; }
  /// An object with these members and no others.
  static Shape object(Members members);
  static Shape array(Shape elements);
  /// What a JSON Schema tells. What it does not tell plainly (references, alternatives) is any
  /// value.
  static Shape from_schema(const boost::json::value& schema);
  static Shape of_value(const boost::json::value& value);

  /// One that is either.
  static Shape either(const Shape& a, const Shape& b);
  /// Without null.
  Shape present() const;
};

}  // namespace weir::apps::workflow
