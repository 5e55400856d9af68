#pragma once

#include "schemas/json_schema.hpp"
#include "schemas/json_write.hpp"
#include "services/kit/binding.hpp"
#include "services/kit/operation.hpp"
#include "services/kit/uri.hpp"

#include <boost/mp11/list.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>

/// From a handler function to an operation: request and reply structs follow from its signature.

namespace postbus::kit::detail {

template <class Reply>
inline constexpr bool has_schema =
    !std::is_void_v<Reply> && !std::is_same_v<Reply, schemas::raw_json> &&
    !std::is_same_v<Reply, packed>;

template <class Request>
std::string request_schema() {
    if constexpr (boost::mp11::mp_empty<schemas::members_of<Request>>::value) return {};
    else return schemas::json_schema<Request>();
}

template <class Reply>
std::string reply_schema() {
    if constexpr (has_schema<Reply>) return schemas::json_schema<Reply>();
    else return {};
}

/// The text of the member with that name, for a Location.
template <schemas::described Reply>
std::string member_text(const Reply& reply, std::string_view name) {
    std::string out;
    schemas::for_each_field(reply, [&]<class Member>(std::string_view member, const Member& value) {
        if (member != name) return;
        if constexpr (std::is_same_v<Member, std::string>) out = value;
        else if constexpr (std::is_integral_v<Member>) out = std::to_string(value);
    });
    return out;
}

template <class Store, class Request, class Reply>
class handler_operation final : public operation {
public:
    using plain = result<Reply> (*)(Store&, const Request&);
    using with_context = result<Reply> (*)(Store&, const Request&, context&);
    using preparation = result<void> (*)(Request&);

    handler_operation(plain p, with_context w, preparation before)
        : operation{typeid(Store), before != nullptr}, plain_{p}, with_context_{w}, before_{
                                                                                        before} {
        facts.request_schema = request_schema<Request>();
        facts.reply_schema = reply_schema<Reply>();
        facts.success = std::is_void_v<Reply> ? 204 : 200;
    }

    std::unique_ptr<bound_request> bind(const bus::call_meta& meta, std::string_view body,
                                        answer& refusal) const override {
        auto out = std::make_unique<bound>(*this);
        auto refused = kit::bind(meta, body, out->request);
        if (!refused) return out;
        refusal = std::move(*refused);
        return nullptr;
    }

private:
    class bound final : public bound_request {
    public:
        explicit bound(const handler_operation& op) : op_{op} {}

        bool prepare(answer& out) override {
            if (!op_.before_) return true;
            const auto done = op_.before_(request);
            if (!done) out = problem(done.error());
            return done.has_value();
        }

        bool run(any_store& any, context& call, answer& out) override {
            auto& store = store_in<Store>(any);
            auto reply = op_.with_context_ ? op_.with_context_(store, request, call)
                                           : op_.plain_(store, request);
            if (!reply) {
                out = problem(reply.error());
                return false;
            }
            out.status = op_.facts.success;
            if constexpr (std::is_same_v<Reply, packed>) {
                out.body = std::move(reply->bytes);
                out.fields.push_back({"content-type", "application/octet-stream"});
            } else if constexpr (!std::is_void_v<Reply>) {
                schemas::write_json(*reply, out.body);
            }
            if constexpr (schemas::described<Reply>)
                if (!op_.location.empty())
                    out.fields.push_back(
                        {"location", fill_path(op_.location, [&](std::string_view name) {
                             return member_text(*reply, name);
                         })});
            return true;
        }

        Request request{};

    private:
        const handler_operation& op_;
    };

    plain plain_;
    with_context with_context_;
    preparation before_;
};

} // namespace postbus::kit::detail
