#include "services/kit/request_fingerprint.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>

namespace postbus::kit {

namespace {

class sha256 {
public:
    sha256() { check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr)); }

    void number(std::uint64_t value) {
        std::array<unsigned char, 8> bytes;
        for (auto& byte : bytes) {
            byte = static_cast<unsigned char>(value & 0xFF);
            value >>= 8;
        }
        check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
    }
    void text(std::string_view value) {
        number(value.size());
        check(EVP_DigestUpdate(context_.get(), value.data(), value.size()));
    }
    void fields(std::span<const bus::field> values) {
        number(values.size());
        for (const auto& [name, value] : values) {
            text(name);
            text(value);
        }
    }

    std::string hex() {
        constexpr std::string_view digits = "0123456789abcdef";
        std::array<unsigned char, 32> bytes{};
        check(EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr));
        std::string out;
        for (const auto byte : bytes) {
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
        return out;
    }

private:
    static void check(int good) {
        if (good != 1) throw std::runtime_error{"OpenSSL makes no SHA-256 here"};
    }

    struct free_context {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, free_context> context_{EVP_MD_CTX_new()};
};

} // namespace

std::string request_fingerprint(const bus::call_meta& meta, std::string_view body) {
    const auto type = std::find_if(meta.fields.begin(), meta.fields.end(), [](const auto& field) {
        return field.name == bus::content_type_field;
    });
    sha256 hash;
    hash.text(meta.operation);
    hash.fields(meta.path);
    hash.fields(meta.query);
    hash.text(type == meta.fields.end() ? std::string_view{} : type->value);
    hash.text(body);
    return hash.hex();
}

} // namespace postbus::kit
