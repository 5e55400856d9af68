#pragma once

#include "tests/integration/shop.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postbus::tests {

/// What a gateway's /metrics says.
class metrics_page {
public:
    using labels = std::map<std::string, std::string>;

    /// Fails the test when there is no page.
    static metrics_page of(shop&);
    /// Made after this call began: a gateway shows one page for a second.
    static metrics_page fresh(shop&);

    /// The sum of the samples of that name that have these labels (and others).
    double sum(std::string_view name, const labels& = {}) const;
    /// How many samples have these labels, whatever their name.
    std::size_t count(const labels&) const;
    std::size_t count(std::string_view name, const labels&) const;

private:
    struct sample {
        std::string name;
        labels has;
        double value = 0;
    };

    explicit metrics_page(const std::string& text);

    std::vector<sample> samples_;
};

} // namespace postbus::tests
