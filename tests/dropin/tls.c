// SPDX-License-Identifier: MIT
/*
 * Asks libssl for asynchronous mode, and says whether what libssl starts then
 * is a job to this program's own ASYNC_get_current_job(): "job 1".
 */
#include <openssl/async.h>
#include <openssl/ssl.h>
#include <stdio.h>

static int jobs;

static void on_info(const SSL *ssl, int where, int ret)
{
	(void)ssl;
	(void)where;
	(void)ret;
	jobs += !!ASYNC_get_current_job();
}

int main(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	int ret;

	SSL_set_mode(ssl, SSL_MODE_ASYNC);
	SSL_set_info_callback(ssl, on_info);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	/* As far as a client gets alone: its first message is written */
	ret = SSL_connect(ssl);
	printf("job %d, wants to read %d, sent %d\n", jobs > 0,
	       SSL_get_error(ssl, ret) == SSL_ERROR_WANT_READ,
	       BIO_pending(SSL_get_wbio(ssl)) > 0);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return 0;
}
