// One call a picture, no Go pointer kept past a call, and what cgo cannot call: variadic controls,
// and structs that would hold pointers to Go's memory.
#ifndef CONFAB_VPX_BRIDGE_H
#define CONFAB_VPX_BRIDGE_H

#include <stddef.h>
#include <stdint.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

typedef struct {
	vpx_codec_ctx_t context;
	vpx_codec_enc_cfg_t config;
	const void *data; // what the last call encoded: libvpx' memory, until the next call
	size_t size;      // bytes; 0: dropped
	int key;
	int quantizer; // that it was encoded with, 0 to 63
	int least;     // quantizer
} confab_vpx_encoder;

typedef struct {
	vpx_codec_ctx_t context;
	int open;
} confab_vpx_decoder;

// The decoder's answers beside libvpx' error codes.
enum {
	CONFAB_VPX_HIDDEN = -1,
	CONFAB_VPX_OTHER_SIZE = -2,
};

void confab_vpx_return_memory(void);

vpx_codec_err_t confab_vpx_encoder_open(confab_vpx_encoder *e, int width, int height, int layers, int screen, int kilobits);
vpx_codec_err_t confab_vpx_encoder_rate(confab_vpx_encoder *e, int kilobits);
vpx_codec_err_t confab_vpx_encoder_cap(confab_vpx_encoder *e, int percent, int coarsest);
vpx_codec_err_t confab_vpx_encode(confab_vpx_encoder *e, uint8_t *y, uint8_t *u, uint8_t *v, int strideY, int strideUV,
	int64_t pts, int duration, int flags, int layer);

vpx_codec_err_t confab_vpx_decoder_open(confab_vpx_decoder *d);
void confab_vpx_decoder_close(confab_vpx_decoder *d);
int confab_vpx_decode(confab_vpx_decoder *d, const uint8_t *data, unsigned size,
	uint8_t *y, uint8_t *u, uint8_t *v, int strideY, int strideUV, int width, int height);

#endif
