// Passes the frontend's own /api on to DNwerks. Before files: routes of the frontend that are still in src/app/api would win else.
export default {
  async rewrites() {
    return {
      beforeFiles: [{ source: '/api/:path*', destination: `${process.env.DNWERKS_API_URL}/api/:path*` }],
    }
  },
}
