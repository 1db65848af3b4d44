//go:build cgo

#include "bridge.h"

#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

// confab_vpx_return_memory has what codecs free go back to the system. Left alone, glibc takes the pictures
// of a codec for small after the first of them was freed, and keeps the memory of each codec that ended: up
// to once for each of eight arenas a processor, 350 MB after ten screens were shared.
void confab_vpx_return_memory(void) {
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 256 << 10); // fixed: whatever is larger is mapped by itself
#endif
}

// set_layers gives each layer its share of the rate; targets include the layers below.
static void set_layers(vpx_codec_enc_cfg_t *c, int kilobits) {
	c->rc_target_bitrate = kilobits;
	switch (c->ts_number_layers) {
	case 3:
		c->ts_target_bitrate[0] = kilobits * 40 / 100;
		c->ts_target_bitrate[1] = kilobits * 60 / 100;
		c->ts_target_bitrate[2] = kilobits;
		break;
	case 2:
		c->ts_target_bitrate[0] = kilobits * 60 / 100;
		c->ts_target_bitrate[1] = kilobits;
		break;
	default:
		c->ts_target_bitrate[0] = kilobits;
	}
}

static void set_pattern(vpx_codec_enc_cfg_t *c, int layers) {
	static const int three[4] = {0, 2, 1, 2}, two[2] = {0, 1};
	c->ts_number_layers = layers;
	c->ts_periodicity = layers == 3 ? 4 : layers;
	if (layers == 3)
		memcpy(c->ts_layer_id, three, sizeof three);
	if (layers == 2)
		memcpy(c->ts_layer_id, two, sizeof two);
	for (int i = 0; i < layers; i++)
		c->ts_rate_decimator[i] = 1 << (layers - 1 - i);
}

// The quantizers of pictures, and of key frames that must be small. Below 11 a camera's noise is what is
// coded: at 720p30 somebody who sways takes 1.7 Mbit/s and 5.8 ms a picture at 44.5 dB with 11, and
// 2.6 Mbit/s and 8.0 ms at 44.6 dB with 2. A page of text has no noise, and is read.
enum { least_quantizer = 11, least_screen_quantizer = 2, most_quantizer = 56, coarsest_quantizer = 63 };

// What a macroblock may be off, as the sum of 256 squared errors, before what is left of it is coded: of
// cameras 1.8 levels, 43 dB, which is their noise. Nothing adds up, each picture being compared with its
// source. Somebody who sways takes 0.7 Mbit/s and half the time at 43.8 dB in place of 1.7 at 44.5.
enum { unseen = 800, unseen_of_screen = 100 };

// max_intra is what a key frame may have without a cap, in percent of a picture of the base layer.
enum { max_intra = 900 };

static void configure(vpx_codec_enc_cfg_t *c, int width, int height, int layers, int least, int kilobits) {
	c->g_w = width;
	c->g_h = height;
	c->g_timebase.num = 1;
	c->g_timebase.den = 90000;
	c->g_threads = 1;
	c->g_lag_in_frames = 0;
	c->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
	c->rc_end_usage = VPX_CBR;
	// libvpx' own dropping, allowed, shows a scrolled page at one picture a second; without it scrolling
	// text stays within a third of the rate.
	c->rc_dropframe_thresh = 0;
	c->rc_undershoot_pct = 100;
	c->rc_overshoot_pct = 15;
	c->rc_buf_initial_sz = 500;
	c->rc_buf_optimal_sz = 600;
	c->rc_buf_sz = 1000;
	c->rc_min_quantizer = least;
	c->rc_max_quantizer = most_quantizer;
	c->kf_mode = VPX_KF_DISABLED;
	set_pattern(c, layers);
	set_layers(c, kilobits);
}

vpx_codec_err_t confab_vpx_encoder_open(confab_vpx_encoder *e, int width, int height, int layers, int screen, int kilobits) {
	vpx_codec_err_t r = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &e->config, 0);
	if (r != VPX_CODEC_OK)
		return r;
	e->least = screen ? least_screen_quantizer : least_quantizer;
	configure(&e->config, width, height, layers, e->least, kilobits);
	vpx_codec_ctx_t *c = &e->context;
	if ((r = vpx_codec_enc_init(c, vpx_codec_vp8_cx(), &e->config, 0)) != VPX_CODEC_OK)
		return r;
	if ((r = vpx_codec_control(c, VP8E_SET_CPUUSED, -6)) != VPX_CODEC_OK ||
		(r = vpx_codec_control(c, VP8E_SET_STATIC_THRESHOLD, screen ? unseen_of_screen : unseen)) != VPX_CODEC_OK ||
		(r = vpx_codec_control(c, VP8E_SET_SCREEN_CONTENT_MODE, screen ? 1 : 0)) != VPX_CODEC_OK ||
		(r = vpx_codec_control(c, VP8E_SET_MAX_INTRA_BITRATE_PCT, max_intra)) != VPX_CODEC_OK)
		return r;
	return vpx_codec_control(c, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION);
}

vpx_codec_err_t confab_vpx_encoder_rate(confab_vpx_encoder *e, int kilobits) {
	set_layers(&e->config, kilobits);
	return vpx_codec_enc_config_set(&e->context, &e->config);
}

// confab_vpx_encoder_cap bounds the next key frame to so many percent of a picture of the base layer, or
// makes it as small as can be; 0 percent ends that.
vpx_codec_err_t confab_vpx_encoder_cap(confab_vpx_encoder *e, int percent, int coarsest) {
	e->config.rc_min_quantizer = coarsest ? coarsest_quantizer : e->least;
	e->config.rc_max_quantizer = percent > 0 ? coarsest_quantizer : most_quantizer;
	vpx_codec_err_t r = vpx_codec_enc_config_set(&e->context, &e->config);
	if (r != VPX_CODEC_OK)
		return r;
	return vpx_codec_control(&e->context, VP8E_SET_MAX_INTRA_BITRATE_PCT, percent > 0 ? percent : max_intra);
}

vpx_codec_err_t confab_vpx_encode(confab_vpx_encoder *e, uint8_t *y, uint8_t *u, uint8_t *v, int strideY, int strideUV,
	int64_t pts, int duration, int flags, int layer) {
	e->data = NULL;
	e->size = 0;
	e->key = 0;
	vpx_image_t image;
	vpx_img_wrap(&image, VPX_IMG_FMT_I420, e->config.g_w, e->config.g_h, 1, y);
	image.planes[VPX_PLANE_Y] = y;
	image.planes[VPX_PLANE_U] = u;
	image.planes[VPX_PLANE_V] = v;
	image.stride[VPX_PLANE_Y] = strideY;
	image.stride[VPX_PLANE_U] = image.stride[VPX_PLANE_V] = strideUV;

	vpx_codec_err_t r = vpx_codec_control(&e->context, VP8E_SET_TEMPORAL_LAYER_ID, layer);
	if (r != VPX_CODEC_OK)
		return r;
	r = vpx_codec_encode(&e->context, &image, pts, duration, flags, VPX_DL_REALTIME);
	if (r != VPX_CODEC_OK)
		return r;
	vpx_codec_iter_t iterator = NULL;
	const vpx_codec_cx_pkt_t *p;
	while ((p = vpx_codec_get_cx_data(&e->context, &iterator)) != NULL) {
		if (p->kind != VPX_CODEC_CX_FRAME_PKT)
			continue;
		e->data = p->data.frame.buf;
		e->size = p->data.frame.sz;
		e->key = (p->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
	}
	return vpx_codec_control(&e->context, VP8E_GET_LAST_QUANTIZER_64, &e->quantizer);
}

vpx_codec_err_t confab_vpx_decoder_open(confab_vpx_decoder *d) {
	vpx_codec_dec_cfg_t config = {.threads = 1};
	confab_vpx_decoder_close(d);
	vpx_codec_err_t r = vpx_codec_dec_init(&d->context, vpx_codec_vp8_dx(), &config, 0);
	d->open = r == VPX_CODEC_OK;
	return r;
}

void confab_vpx_decoder_close(confab_vpx_decoder *d) {
	if (d->open)
		vpx_codec_destroy(&d->context);
	d->open = 0;
}

static void copy_plane(uint8_t *to, int toStride, const uint8_t *from, int fromStride, int width, int height) {
	for (int i = 0; i < height; i++)
		memcpy(to + (size_t)i * toStride, from + (size_t)i * fromStride, width);
}

int confab_vpx_decode(confab_vpx_decoder *d, const uint8_t *data, unsigned size,
	uint8_t *y, uint8_t *u, uint8_t *v, int strideY, int strideUV, int width, int height) {
	vpx_codec_err_t r = vpx_codec_decode(&d->context, data, size, NULL, 0);
	if (r != VPX_CODEC_OK)
		return r;
	int corrupted = 0;
	r = vpx_codec_control(&d->context, VP8D_GET_FRAME_CORRUPTED, &corrupted);
	if (r != VPX_CODEC_OK || corrupted)
		return VPX_CODEC_CORRUPT_FRAME;
	vpx_codec_iter_t iterator = NULL;
	const vpx_image_t *p = vpx_codec_get_frame(&d->context, &iterator);
	if (p == NULL)
		return CONFAB_VPX_HIDDEN;
	if (p->fmt != VPX_IMG_FMT_I420 || p->d_w != (unsigned)width || p->d_h != (unsigned)height)
		return CONFAB_VPX_OTHER_SIZE;
	copy_plane(y, strideY, p->planes[VPX_PLANE_Y], p->stride[VPX_PLANE_Y], width, height);
	copy_plane(u, strideUV, p->planes[VPX_PLANE_U], p->stride[VPX_PLANE_U], (width + 1) / 2, (height + 1) / 2);
	copy_plane(v, strideUV, p->planes[VPX_PLANE_V], p->stride[VPX_PLANE_V], (width + 1) / 2, (height + 1) / 2);
	return VPX_CODEC_OK;
}
