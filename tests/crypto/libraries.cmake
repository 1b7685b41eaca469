# EVP and the DER reader are the oracles.
target_link_libraries(crypto_test PRIVATE OpenSSL::Crypto)
