#pragma once

#include <cstdint>

/// The card processor that is built in: always the same answer to the same question, so that every
/// way a payment can fail can be tried by choosing an amount. Amounts are in minor units. Pure.
///
/// | amount | what happens |
/// | --- | --- |
/// | below 0, or over 1,000,000 | is declined |
/// | ends in 13 (113, 2513) | is authorised, cannot be captured |
/// | ends in 17 (117, 2517) | is captured; its first refund fails, a second one works |
/// | any other | works |

namespace postbus::payments {

inline constexpr std::int64_t card_limit = 1'000'000;

bool card_authorises(std::int64_t amount);
bool card_captures(std::int64_t amount);
/// `attempt` from 1.
bool card_refunds(std::int64_t amount, std::int64_t attempt);

} // namespace postbus::payments
