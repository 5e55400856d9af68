#pragma once

#include "schemas/describe.hpp"
#include "services/kit/answer.hpp"

#include <cstdint>
#include <string>

namespace postbus::kit {

/// A reply as the tables of recorded replies hold it.
struct reply_row {
    std::int64_t status = 0;
    std::string fields; ///< JSON
    std::string body;
};
BOOST_DESCRIBE_STRUCT(reply_row, (), (status, fields, body))

/// Throws std::runtime_error when the fields cannot be read.
answer recorded_answer(reply_row);
/// The `fields` column of an answer, over what was in `out`.
void write_fields_column(const answer&, std::string& out);

} // namespace postbus::kit
