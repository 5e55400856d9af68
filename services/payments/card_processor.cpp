#include "services/payments/card_processor.hpp"

namespace postbus::payments {

bool card_authorises(std::int64_t amount) {
    return amount >= 0 && amount <= card_limit;
}

bool card_captures(std::int64_t amount) {
    return amount % 100 != 13;
}

bool card_refunds(std::int64_t amount, std::int64_t attempt) {
    return amount % 100 != 17 || attempt > 1;
}

} // namespace postbus::payments
