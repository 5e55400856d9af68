#pragma once

#include "schemas/money.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbus::catalog {

using schemas::money;

/// Pieces of one product for one order, at the price of the moment.
struct reservation {
    std::string product;
    std::int64_t quantity = 0;
    std::int64_t amount = 0; ///< of one piece, in minor units
    std::string currency;
    std::string state; ///< held, released, sold
};
BOOST_DESCRIBE_STRUCT(reservation, (), (product, quantity, amount, currency, state))

/// What an order's pieces cost together. Nothing: there are none, they have several currencies, or
/// they cost more than money can say.
std::optional<money> total(const std::vector<reservation>&);

enum class reserve_outcome {
    held, ///< now, or by an earlier call
    short_of_stock,
    no_such_product,
    ended, ///< reserved by an earlier call, and since then released or sold
};

/// Stock on its way: available -> reserved -> sold, or back. Every step depends on the
/// reservation's state and so happens once, however often it is asked for. To be called in the
/// transaction of whoever decides.
class reservation_table {
public:
    explicit reservation_table(kit::sql&);

    /// `quantity` from 1; `expires_at` in Unix time, ms. Unless `held`, nothing changes; what the
    /// order holds of other products stays, so release it.
    reserve_outcome reserve(std::int64_t order, const std::string& product, std::int64_t quantity,
                            std::int64_t expires_at);
    /// Gives back what the order still holds. false: it holds nothing.
    bool release(std::int64_t order, const std::string& reason);
    /// Puts what was sold to the order back into stock. false: nothing was.
    bool take_back(std::int64_t order, const std::string& reason);
    /// Everything reserved for the order is sold, now or by an earlier call. false, and nothing
    /// changes: there is nothing, or some of it was released.
    bool fulfil(std::int64_t order);
    /// In the order of the products' ids.
    std::vector<reservation> of_order(std::int64_t order);
    /// Orders with pieces that are held past their time, the longest first.
    std::vector<std::int64_t> expired(std::int64_t now, std::int64_t limit);

private:
    kit::query<std::string(std::int64_t, std::string)> state_;
    kit::query<std::int64_t(std::string)> product_exists_;
    kit::query<void(std::int64_t, std::int64_t, std::string, std::int64_t)> take_;
    kit::query<void(std::int64_t, std::int64_t, std::int64_t, std::string)> add_;
    kit::query<reservation(std::int64_t)> of_order_;
    kit::query<void(std::string, std::optional<std::string>, std::int64_t, std::string)> end_;
    kit::query<void(std::string, std::string, std::int64_t, std::string)> undo_;
    kit::query<void(std::int64_t, std::int64_t, std::string)> unsell_;
    kit::query<void(std::int64_t, std::int64_t, std::string)> give_back_;
    kit::query<void(std::int64_t, std::int64_t, std::string)> sell_;
    kit::query<std::int64_t(std::int64_t, std::int64_t)> expired_;
};

} // namespace postbus::catalog
