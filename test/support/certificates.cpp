#include <fleetman/testing/certificates.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace fleetman::testing {
namespace {

struct releases
{
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(BIO* p) const { BIO_free(p); }
};
template <class T>
using owned = std::unique_ptr<T, releases>;

void require(bool done)
{
    if (!done)
        throw std::runtime_error("OpenSSL refused to make a test certificate");
}

owned<EVP_PKEY> new_key()
{
    owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    require(key != nullptr);
    return key;
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

owned<X509> new_certificate(EVP_PKEY* key, const std::string& name, long serial, long valid_for_seconds)
{
    owned<X509> made(X509_new());
    require(made && X509_set_version(made.get(), 2) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -24L * 3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), valid_for_seconds);
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
    require(X509_set_pubkey(made.get(), key) == 1);
    return made;
}

std::string taken(BIO* bio)
{
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio, &text);
    return {text, static_cast<std::size_t>(length)};
}

std::string pem(X509* certificate)
{
    const owned<BIO> bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(bio.get(), certificate) == 1);
    return taken(bio.get());
}

std::string pem(EVP_PKEY* key)
{
    const owned<BIO> bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return taken(bio.get());
}

} // namespace

struct certificate_authority::impl
{
    owned<EVP_PKEY> key;
    owned<X509> certificate;
};

certificate_authority::certificate_authority(const std::string& name) : impl_(std::make_unique<impl>())
{
    impl_->key = new_key();
    impl_->certificate = new_certificate(impl_->key.get(), name, 1, 3600);
    X509* const self = impl_->certificate.get();
    X509_set_issuer_name(self, X509_get_subject_name(self));
    extend(self, self, NID_basic_constraints, "critical,CA:TRUE");
    extend(self, self, NID_key_usage, "critical,keyCertSign");
    require(X509_sign(self, impl_->key.get(), nullptr) > 0);
    certificate_ = pem(self);
}

certificate_authority::~certificate_authority() = default;

certificate_authority::identity certificate_authority::issue(
    const std::string& subject_alternative, long valid_for_seconds) const
{
    const owned<EVP_PKEY> key = new_key();
    const owned<X509> made = new_certificate(key.get(), "test server", 2, valid_for_seconds);
    X509* const issuer = impl_->certificate.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
    extend(made.get(), issuer, NID_subject_alt_name, subject_alternative);
    require(X509_sign(made.get(), impl_->key.get(), nullptr) > 0);
    return {pem(made.get()), pem(key.get())};
}

} // namespace fleetman::testing
